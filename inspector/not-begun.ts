import { describeError } from '../core/host/errors';

/** What was to be changed was not even begun: nothing was written. */
export class NotBegun extends Error {
  constructor(why: unknown) {
    super(describeError(why));
    this.name = 'NotBegun';
  }
}
