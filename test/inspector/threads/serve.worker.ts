import { parentPort } from 'node:worker_threads';
import { createHost } from '../../../core/host/create-host';
import { ledgerProtocol } from '../../../core/ledger';
import { serveProtocols } from '../../../inspector/threads';
import { claimFolderProtocol } from '../../helpers/claim-folder';
import { scriptedProtocol } from '../../helpers/scripted-folder';

// A thread that touches sources, as of the programs, with the protocols of the tests beside the real one.

if (parentPort === null) throw new Error('This runs as a thread.');
serveProtocols({
  port: parentPort,
  protocols: [ledgerProtocol, claimFolderProtocol(), scriptedProtocol],
  host: createHost(),
});
