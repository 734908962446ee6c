import { z } from 'zod';
import type { AuditAction, AuditEntry } from '../core/model';

/** Each of them, or it does not compile: a line whose action is not known is none of ours. */
const ACTIONS = {
  release: 'release',
  reap: 'reap',
  'force-release': 'force-release',
  terminate: 'terminate',
  kill: 'kill',
  mend: 'mend',
  undo: 'undo',
} as const satisfies { readonly [A in AuditAction]: A };

/** Fields that a later version adds are ignored, not refused. */
const auditEntry = z.object({
  when: z.string(),
  user: z.string(),
  program: z.string(),
  action: z.enum(ACTIONS),
  source: z.string(),
  protocol: z.string(),
  resource: z.string(),
  holder: z.string().nullable(),
  actAs: z.string().nullable(),
  seen: z.string(),
  verdict: z.enum(['live', 'expiring', 'expired', 'abandoned', 'unknown']).nullable(),
  claims: z.array(z.object({ resource: z.string(), holder: z.string().nullable(), seen: z.string() })).optional(),
  evidence: z.array(z.string()),
  reason: z.string().nullable(),
  written: z.array(z.object({ file: z.string(), content: z.string() })),
  removed: z.array(z.object({ file: z.string(), to: z.string(), undoId: z.string() })).optional(),
  result: z.enum(['started', 'done', 'conflict', 'refused', 'failed']),
  message: z.string(),
});

/** The entry that a line of the log is; null for anything else (torn, foreign, empty). */
export function parseAuditLine(line: string): AuditEntry | null {
  // Cheap, and spares the parser a file full of something else.
  if (!line.startsWith('{')) return null;
  try {
    const parsed = auditEntry.safeParse(JSON.parse(line));
    if (!parsed.success) return null;
    const { claims, removed, ...entry } = parsed.data;
    return {
      ...entry,
      ...(claims === undefined ? {} : { claims }),
      ...(removed === undefined ? {} : { removed }),
    };
  } catch {
    return null;
  }
}
