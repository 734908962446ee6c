export { type RemoteProtocols, remoteProtocols } from './remote-protocols';
export { serveProtocols } from './serve-protocols';
