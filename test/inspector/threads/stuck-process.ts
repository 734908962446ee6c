import { Worker } from 'node:worker_threads';
import { createHost } from '../../../core/host/create-host';
import { remoteProtocols } from '../../../inspector/threads';
import { scriptedProtocol } from '../../helpers/scripted-folder';

// A process whose thread sits in a call of the system: FOLDER, the program of the thread, and how it ends.

const [folder = '', thread = '', how = ''] = process.argv.slice(2);
const remote = remoteProtocols([scriptedProtocol], {
  start: () => new Worker(thread),
});
const source = remote.protocols[0]?.open(folder, createHost());
source?.read({ signal: new AbortController().signal }).catch(() => undefined);
// Until the thread has started, and is where it does not come back from.
setTimeout(() => {
  process.stdout.write('ending\n');
  void (how === 'end' ? remote.end() : Promise.resolve()).then(() => process.exit(0));
}, 3_000);
