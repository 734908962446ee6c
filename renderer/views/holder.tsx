import type { ReactNode } from 'react';
import { shown } from '../text';

/** Names longer than this are cut; the detail shows more. */
const NAME = 120;

/** A holder's name for a label or a title. Hostile text. */
export function holderName(name: string, max = NAME): string {
  return name === '' ? '(empty name)' : shown(name, max);
}

/** As in `Reap node 1.2 from …?` */
export function holderInQuestion(name: string | null): string {
  if (name === null) return 'an unknown holder';
  return name === '' ? 'a holder without a name' : shown(name, 80);
}

/** `held by prover-ada`, for a screen reader. */
export function heldBy(name: string | null): string {
  if (name === null) return 'holder not known';
  return name === '' ? 'held by a holder without a name' : `held by ${shown(name, NAME)}`;
}

/** A holder's name where it stands by itself; one that is not known, or empty, looks like no name. */
export function HolderName(props: {
  readonly name: string | null;
  /** However it looks. */
  readonly className?: string;
  /** For a name that is one. */
  readonly nameClass?: string;
  /** The name in another form than cut. */
  readonly children?: ReactNode;
}): ReactNode {
  const { name, className = '', nameClass = '' } = props;
  if (name === null) return <span className={`${className} muted`}>not known</span>;
  return (
    <bdi dir="ltr" className={`${className} ${name === '' ? 'muted' : nameClass}`}>
      {name === '' || props.children === undefined ? holderName(name, 300) : props.children}
    </bdi>
  );
}
