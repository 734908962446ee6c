/**
 * A sentence without a last "Nothing was written." or "Nobody was signalled.", for where the words beside it say so
 * already. Where it says nothing else it stays as it is.
 */
export function saidOnce(text: string): string {
  return text.replace(/(?<=\S) (?:Nothing was written|Nobody was signalled)\.$/, '');
}
