import { quoteForShell } from '../core/host/shell-word';
import { assertNever, type Claim, type ClaimAction } from '../core/model';

/**
 * The command line that does to a claim of the source at `path` what the window would do; null when none can.
 * The reason of a force-release is left for the operator to fill in: as it stands, it is refused.
 */
export function commandFor(action: ClaimAction, path: string, claim: Claim): string | null {
  const folder = quoteForShell(path);
  const resource = quoteForShell(claim.resource);
  if (folder === null || resource === null) return null;
  // After `--`, a resource that looks like an option is none.
  const target = claim.resource.startsWith('-') ? `-- ${folder} ${resource}` : `${folder} ${resource}`;
  switch (action) {
    case 'reap':
      return `lockscope reap ${target}`;
    case 'release': {
      const name = claim.holder.name === null ? null : quoteForShell(claim.holder.name);
      return name === null ? null : `lockscope release --as ${name} ${target}`;
    }
    case 'force-release': {
      const seen = quoteForShell(claim.seen);
      return seen === null ? null : `lockscope force-release --reason '…' --seen ${seen} ${target}`;
    }
    case 'terminate':
    case 'kill': {
      const seen = quoteForShell(claim.seen);
      const then = action === 'kill' ? ' --then-kill' : '';
      return seen === null ? null : `lockscope terminate${then} --reason '…' --seen ${seen} ${target}`;
    }
    default:
      return assertNever(action);
  }
}
