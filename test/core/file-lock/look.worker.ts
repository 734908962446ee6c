import { createHost } from '../../../core/host/create-host';

// FOLDER: looks once at the locks of a folder and says what it saw, as one line of JSON.

const look = createHost()
  .kernelLocks?.follow([{ path: process.argv[2] ?? '' }])
  .look();
process.stdout.write(`${JSON.stringify(look ?? null)}\n`);
