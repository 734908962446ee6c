export { createService, type HostedService, type ServiceOptions } from './create-service';
export { CONTENT_SECURITY_POLICY, SECURITY_HEADERS } from './csp';
export { dataFolder } from './data-folder';
export { type JsonFile, jsonFile } from './json-file';
export { log } from './log';
export type { Service } from './service';
export { type RunningService, type StartOptions, startService, tellIfNothing } from './start-service';
export { VERSION } from './version';
