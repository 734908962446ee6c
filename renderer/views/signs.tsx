import {
  Box,
  CircleDashed,
  CirclePause,
  CircleX,
  Clock3,
  FileLock2,
  Ghost,
  Hourglass,
  Info,
  ListTodo,
  type LucideIcon,
  OctagonAlert,
  ScrollText,
  Skull,
  TriangleAlert,
  Users,
} from 'lucide-react';
import type { ReactNode } from 'react';
import {
  assertNever,
  type ClaimFlag,
  type Evidence,
  evidenceTone,
  flagWord,
  type Severity,
  type Verdict,
  verdictWord,
  type Waiter,
} from '../../core/model';
import { FILE_LOCK, LEDGER, TASK_LEASE } from './protocol-words';

interface Size {
  readonly size?: number;
}

/** The shape of a verdict. Each has its own, so that colour is never the only sign. */
export function VerdictSign({ verdict, size = 14 }: { readonly verdict: Verdict } & Size): ReactNode {
  const common = { size, 'aria-hidden': true, className: `sign verdict-${verdict}` } as const;
  switch (verdict) {
    case 'live':
      return <Disc {...common} />;
    case 'expiring':
      return <Clock3 strokeWidth={2.2} {...common} />;
    case 'expired':
      return <Hourglass strokeWidth={2.2} {...common} />;
    case 'abandoned':
      return <CircleX strokeWidth={2.2} {...common} />;
    case 'unknown':
      return <CircleDashed strokeWidth={2.2} {...common} />;
    default:
      return assertNever(verdict);
  }
}

/** A verdict in shape, colour and word. */
export function VerdictLabel({ verdict, size = 14 }: { readonly verdict: Verdict } & Size): ReactNode {
  return (
    <span className={`verdict verdict-${verdict}`}>
      <VerdictSign verdict={verdict} size={size} />
      <span>{verdictWord(verdict)}</span>
    </span>
  );
}

const FLAG_SIGNS: Record<ClaimFlag, LucideIcon> = {
  'two-holders': Users,
  'zombie-holder': Skull,
  'ghost-lease': Ghost,
};

/** A flag in shape, colour and words. */
export function FlagLabel({ flag, size = 11 }: { readonly flag: ClaimFlag } & Size): ReactNode {
  const Sign = FLAG_SIGNS[flag];
  return (
    <span className={`flag flag-${flag}`}>
      <Sign size={size} strokeWidth={2.4} aria-hidden className="sign" />
      <span>{flagWord(flag)}</span>
    </span>
  );
}

/** What a fact says for or against the holder, as a shape. */
export function EvidenceSign({ evidence, size = 14 }: { readonly evidence: Evidence } & Size): ReactNode {
  const tone = evidenceTone(evidence);
  const common = { size, 'aria-hidden': true } as const;
  switch (tone) {
    case 'for':
      return <Disc {...common} className="sign verdict-live" />;
    case 'against':
      return <Hourglass strokeWidth={2.2} {...common} className="sign verdict-expired" />;
    case 'gone':
      return <CircleX strokeWidth={2.2} {...common} className="sign verdict-abandoned" />;
    case 'open':
      return <CircleDashed strokeWidth={2.2} {...common} className="sign verdict-unknown" />;
    default:
      return assertNever(tone);
  }
}

/** How a waiter waits, as a shape. */
export function WaiterSign({ how, size = 14 }: { readonly how: Waiter['how'] } & Size): ReactNode {
  const common = { size, 'aria-hidden': true, strokeWidth: 2.2 } as const;
  switch (how) {
    case 'blocked':
      return <CirclePause {...common} className="sign tone-warning" />;
    case 'possible':
      return <CircleDashed {...common} className="sign verdict-unknown" />;
    default:
      return assertNever(how);
  }
}

export function SeveritySign({ severity, size = 14 }: { readonly severity: Severity } & Size): ReactNode {
  const common = { size, 'aria-hidden': true, strokeWidth: 2.2 } as const;
  switch (severity) {
    case 'error':
      return <OctagonAlert {...common} className="sign tone-error" />;
    case 'warning':
      return <TriangleAlert {...common} className="sign tone-warning" />;
    case 'info':
      return <Info {...common} className="sign tone-info" />;
    default:
      return assertNever(severity);
  }
}

function Disc({ size, className }: { readonly size: number; readonly className: string }): ReactNode {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden className={className}>
      <circle cx="12" cy="12" r="8.5" fill="currentColor" />
    </svg>
  );
}

/** Which protocol a source speaks, as a shape. Its word stands beside it or in its title. */
export function ProtocolSign({ protocol, size = 14 }: { readonly protocol: string } & Size): ReactNode {
  const common = { size, strokeWidth: 1.9, 'aria-hidden': true, className: 'sign protocol-sign' } as const;
  switch (protocol) {
    case LEDGER:
      return <ScrollText {...common} />;
    case TASK_LEASE:
      return <ListTodo {...common} />;
    case FILE_LOCK:
      return <FileLock2 {...common} />;
    default:
      return <Box {...common} />;
  }
}

/** The mark of the product. */
export function Mark({ size = 16 }: Size): ReactNode {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" aria-hidden className="mark">
      <circle cx="8" cy="8" r="6.5" fill="none" stroke="currentColor" strokeWidth="1.75" />
      <circle cx="8" cy="8" r="3" fill="currentColor" />
    </svg>
  );
}
