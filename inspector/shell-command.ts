import { type ActionKind, assertNever, type Claim } from '../core/model';

/** What a terminal could take for a command of its own, or show as something else than it is. */
const UNSHOWABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const LONE_SURROGATE = /\p{Cs}/u;

/**
 * `text` as one word of a POSIX shell; null when no command line can carry it (a NUL, half a character).
 *
 * Control and direction characters are spelled out through `printf`, because a terminal acts on them while
 * the text is being pasted. Line ends stay as they are: in quotes they are harmless, and `$(…)` would drop them.
 */
export function quoteForShell(text: string): string | null {
  if (text.includes('\0') || LONE_SURROGATE.test(text)) return null;
  let quoted = '';
  let plain = '';
  const flush = (): void => {
    if (plain !== '') quoted += `'${plain.replaceAll("'", "'\\''")}'`;
    plain = '';
  };
  for (const character of text) {
    if (character === '\n' || !UNSHOWABLE.test(character)) {
      plain += character;
      continue;
    }
    flush();
    const octal = [...Buffer.from(character)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
    quoted += `"$(printf '${octal}')"`;
  }
  flush();
  return quoted === '' ? "''" : quoted;
}

/**
 * The command line that does to a claim of the source at `path` what the window would do; null when none can.
 * The reason of a force-release is left for the operator to fill in: as it stands, it is refused.
 */
export function commandFor(action: ActionKind, path: string, claim: Claim): string | null {
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
    default:
      return assertNever(action);
  }
}
