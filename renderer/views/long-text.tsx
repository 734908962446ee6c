import { Fragment, type ReactNode, useState } from 'react';
import { formatCount } from '../format';
import { statementParts } from '../statement';
import { shown, shownLines } from '../text';
import { useApp } from './app-context';

const FULL = 65_536;
/** A browser breaks one endless word in quadratic time; in pieces it does not. */
const PIECE = 64;
/** Records with more parts than this are shown as running text. */
const PARTS_AT_MOST = 400;

/** A hostile name: its beginning; on demand up to 64 KiB of it in a box that scrolls, and all of it to copy. */
export function LongText({ text, first = 300 }: { readonly text: string; readonly first?: number }): ReactNode {
  const app = useApp();
  const [all, setAll] = useState(false);
  if (text.length <= first) return <Breakable text={shown(text, first)} />;
  const button = (
    <button
      type="button"
      className="link small"
      aria-expanded={all}
      onClick={() => {
        setAll(!all);
      }}
    >
      {all ? 'Show less' : `Show ${text.length > FULL ? '64 KiB of ' : 'all '}${formatCount(text.length)} characters`}
    </button>
  );
  if (!all) {
    return (
      <>
        <Breakable text={shown(text, first)} /> {button}
      </>
    );
  }
  return (
    <>
      <span className="long-text" tabIndex={0} role="group" aria-label="All of it">
        <Breakable text={shown(text, FULL)} />
      </span>{' '}
      {button}{' '}
      <button
        type="button"
        className="link small"
        onClick={() => {
          void app.copy(text);
        }}
      >
        Copy it
      </button>
    </>
  );
}

/**
 * A record, an event or a statement exactly as it is, letter by letter; lines break after a comma of its JSON, or before
 * a word of its SQL, where they can.
 */
export function ExactText({ text }: { readonly text: string }): ReactNode {
  const lines = shownLines(text.replace(/\n$/, ''), FULL);
  if (/^UPDATE /.test(lines)) return <Statement text={lines} />;
  // Anything but JSON has its own lines.
  if (!/^\s*[[{"]/.test(lines)) return <Breakable text={lines} />;
  const parts = lines.split(/(?<=,)(?=["{[])/);
  if (parts.length > PARTS_AT_MOST) return <Breakable text={lines} />;
  return parts.map((part, at) => (
    <span key={at} className="exact-part">
      <Breakable text={part} />
    </span>
  ));
}

/** SQL: first what it changes of its row, which the source says in comments, then the statement letter by letter. */
function Statement({ text }: { readonly text: string }): ReactNode {
  const { changes, statement } = statementParts(text);
  if (changes.length + statement.length > PARTS_AT_MOST) return <Breakable text={text} />;
  return (
    <>
      {changes.map((change, at) => (
        <span key={`change-${at.toString()}`} className="statement-line statement-change">
          {change}
        </span>
      ))}
      {statement.map((part, at) => (
        <span key={at} className="statement-line">
          {part}
        </span>
      ))}
    </>
  );
}

function Breakable({ text }: { readonly text: string }): ReactNode {
  if (text.length <= PIECE * 4) return text;
  const pieces = text.match(new RegExp(`[^]{1,${PIECE.toString()}}`, 'gu')) ?? [];
  return pieces.map((piece, at) => (
    <Fragment key={at}>
      {piece}
      <wbr />
    </Fragment>
  ));
}
