import { version } from '../package.json';

/** Of this build; read from package.json when the bundle is made. */
export const VERSION: string = version;
