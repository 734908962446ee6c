export { type Demo, startDemo } from './start-demo';
