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
    const how = 'Filter with words, or with holder:name, verdict:expired, kind:node, source:name.';
    return { title: 'No claim matches', text: isAllKnown ? how : `${NOT_ALL_READ} ${how}` };
  }
  const what = preset === 'stale' ? 'stale' : 'about to expire';
  return isAllKnown
    ? { title: `No claim is ${what}`, text: 'That is good news. The other claims are one click away.' }
    : { title: `No claim that is shown is ${what}`, text: `${NOT_ALL_READ} The other claims are one click away.` };
}
