import { endLeases, tryEnding } from './database/end-leases';
import { ProcessGuard } from './database/guard';
import type { DatabaseAnswers, DatabaseRequest, FromDatabaseProcess, ToDatabaseProcess } from './database/messages';
import { removeLeftCopies } from './database/private-copy';
import { readLeases, readRow, readStatuses } from './database/read-leases';

// The program of a process that reads databases, and ends leases in them, for whoever started it. Nothing else of
// Lockscope opens a database or a file beside it: to close any of them would drop the locks that a process has on it, and
// a file that was made to break SQLite breaks this process alone.

async function answer(request: DatabaseRequest): Promise<DatabaseAnswers[keyof DatabaseAnswers]> {
  switch (request.kind) {
    case 'read':
      return readLeases(request.path);
    case 'row':
      return readRow(request.path, request.id);
    case 'statuses':
      return readStatuses(request.path, request.ids);
    case 'end':
      return request.isTrial ? tryEnding(request.path, request.ending) : endLeases(request.path, request.ending);
  }
}

function send(message: FromDatabaseProcess): void {
  // Whoever asked may be gone by now.
  if (process.connected) process.send?.(message);
}

const guard = new ProcessGuard();
// One after the other: never two connections at once.
let last = Promise.resolve();
process.on('message', ({ call, request }: ToDatabaseProcess) => {
  last = last.then(async () => {
    try {
      guard.begin(request.kind === 'end' && !request.isTrial);
      send({ call, answer: await answer(request) });
    } catch (error) {
      send({ call, broken: error instanceof Error ? error.message : String(error) });
    } finally {
      guard.end();
    }
  });
});
// Also when whoever started it was killed. In a long call of SQLite it does not hear of it: the guard does.
process.on('disconnect', () => process.exit());
// A key pressed in a terminal is for whoever started it, who ends it in order.
process.on('SIGINT', () => undefined);
removeLeftCopies();
