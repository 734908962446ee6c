/** The only two names on the wire between the main process and its window. */
export const REQUEST = 'lockscope:request';
export const PUSH = 'lockscope:push';
