/** Examples of what a filter understands, one of each, as they are typed. */
export const FILTER_EXAMPLES: readonly string[] = [
  'holder:ada',
  'verdict:stale',
  'kind:task',
  'source:parity',
  'resource:1.2',
  'is:contended',
  'is:zombie',
  'is:ghost',
  'is:two-holders',
];

/** What a filter understands, for its field. */
export const FILTER_HINT = `Words, or ${FILTER_EXAMPLES.join(' ')}. A leading - excludes.`;
