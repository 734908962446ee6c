export { createInspector } from './create-inspector';
export type { Inspector, InspectorOptions } from './inspector';
