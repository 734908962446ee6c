/**
 * A sentence without a last "Nothing was written." or "No signal was sent.", for where the words beside it say so
 * already. Where it says nothing else it stays as it is.
 */
export function saidOnce(text: string): string {
  return text.replace(/(?<=\S) (?:Nothing was written|No signal was sent)\.$/, '');
}
