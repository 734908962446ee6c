export { dataFolder } from './data-folder';
export { log } from './log';
export { type RunningService, startService, tellIfNothing } from './start-service';
