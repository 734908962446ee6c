import type { Preset } from '../store/filter';

export interface EmptyWords {
  readonly title: string;
  readonly text: string;
}

const NOT_ALL_READ = 'Not every source could be read.';

/** What to say where there is no claim at all. `isAllKnown`: every open source could be read to its end, and answers. */
export function noClaimsWords(isAllKnown: boolean): EmptyWords {
  return isAllKnown
    ? {
        title: 'Nothing is claimed',
        text: 'Everything in the open sources is free. A claim shows here as soon as somebody takes one.',
      }
    : {
        title: 'No claim is shown',
        text: 'Not every source could be read, so whether anything is claimed is not known.',
      };
}

/** What to say where a preset or a filter leaves no claim. `others`: how many another preset would show. */
export function noMatchesWords(preset: Preset, others: number, isAllKnown: boolean): EmptyWords {
  if (others === 0 || preset === 'all') {
    const how = 'Filter with words, or with holder:name, verdict:expired, kind:task, source:name, is:contended.';
    return { title: 'No claim matches', text: isAllKnown ? how : `${NOT_ALL_READ} ${how}` };
  }
  const what = { stale: 'stale', contended: 'contended', expiring: 'about to expire' }[preset];
  if (!isAllKnown) {
    return { title: `No claim that is shown is ${what}`, text: `${NOT_ALL_READ} The other claims are one click away.` };
  }
  // Who asks again and again instead of waiting is not seen to wait.
  const news = preset === 'contended' ? 'Nobody is seen waiting, and nothing has two holders.' : 'That is good news.';
  return { title: `No claim is ${what}`, text: `${news} The other claims are one click away.` };
}
