import { createHost } from '../../../../core/host/create-host';
import { TaskLeaseSource } from '../../../../core/task-lease/source/task-lease-source';

// Reads a project as another user, ten times a second for as long as it is told, and tells what it read.

const [folder = '', databaseProcess = '', uid = '', forMs = '0'] = process.argv.slice(2);
process.setgroups?.([]);
process.setgid?.(Number(uid));
process.setuid?.(Number(uid));
const source = new TaskLeaseSource(folder, createHost({ databaseProcess }));
const signal = new AbortController().signal;
const untilMs = performance.now() + Number(forMs);
let readings = 0;
const resources = new Set<string>();
for (;;) {
  const { status, upserted } = await source.read({ signal });
  readings += 1;
  for (const { resource } of upserted) resources.add(resource);
  if (performance.now() >= untilMs) {
    process.send?.({ status, resources: [...resources], readings });
    break;
  }
  await new Promise((go) => setTimeout(go, 100));
}
source.close();
process.disconnect();
