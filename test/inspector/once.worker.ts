import { createHost } from '../../core/host/create-host';
import { createInspector } from '../../inspector';
import { claimFolderProtocol } from '../helpers/claim-folder';

// Reaps the claim `old` of a folder and lets go of everything. Tells on stdout how that ended, and what keeps this
// process from ending by itself. The command line: folder, data folder.

const [folder = '', dataFolder = ''] = process.argv.slice(2);
const inspector = createInspector({
  host: createHost(),
  protocols: [claimFolderProtocol()],
  program: 'test',
  readOnly: false,
  dataFolder,
  watch: true,
});
await inspector.open(folder);
await inspector.settled();
const row = inspector.snapshot().claims.find((claim) => claim.resource === 'old');
if (row === undefined) throw new Error('there is no such claim');
const outcome = await inspector.plan({ claims: [{ key: row.key, seen: row.seen }], action: 'reap', actAs: null });
if (outcome.kind !== 'planned') throw new Error(outcome.kind);
const result = await inspector.commit({ planId: outcome.plan.id, reason: null, confirmation: null });
await inspector.dispose();

function left(): string {
  return process
    .getActiveResourcesInfo()
    .filter((name) => /Timeout|FSEvent|FileHandle/.test(name))
    .join();
}
// A handle that was closed is gone some turns later.
for (let turns = 0; left() !== '' && turns < 1000; turns += 1) await new Promise((resolve) => setImmediate(resolve));
process.stdout.write(`${result.kind} ${left()}\n`);
