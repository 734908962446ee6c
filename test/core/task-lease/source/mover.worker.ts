import { attachDatabase } from '../../../../core/task-lease/attached-database';

// A program that moves versions from task to task, so that their sum never changes: DATABASE COUNT HOW. Each transaction
// writes two rows and what fills some pages. It ends with its input.

/** `closing`: a connection for each transaction. `pausing`: nothing is written for a while after each slice. */
const [path = '', count = '1', how = 'steady', pages = '20'] = process.argv.slice(2);
const BUSY_MS = 5_000;
const SLICE_MS = 10;
const PAUSE_MS = 100;

function connect() {
  const database = attachDatabase(path, BUSY_MS);
  const { connection } = database;
  connection.exec(
    `PRAGMA todo.synchronous = OFF; PRAGMA todo.wal_autocheckpoint = ${pages}; PRAGMA todo.cache_size = 5`,
  );
  const add = connection.prepare('UPDATE tasks SET version = version + ?, content = hex(randomblob(?)) WHERE id = ?');
  const pick = (): string => `T-${Math.ceil(Math.random() * Number(count)).toString()}`;
  const move = (): void => {
    connection.exec('BEGIN IMMEDIATE');
    add.run(-1, Math.floor(Math.random() * 3_000), pick());
    add.run(1, Math.floor(Math.random() * 3_000), pick());
    connection.exec(Math.random() < 0.1 ? 'ROLLBACK' : 'COMMIT');
  };
  return { database, move };
}

const steady = how === 'closing' ? null : connect();
let isEnding = false;

function work(): void {
  const untilMs = performance.now() + SLICE_MS;
  while (performance.now() < untilMs) {
    if (steady !== null) steady.move();
    else {
      const { database, move } = connect();
      move();
      database.close();
    }
  }
  if (isEnding) return;
  if (how === 'pausing') setTimeout(work, PAUSE_MS);
  else setImmediate(work);
}

process.stdin.resume();
process.stdin.on('end', () => {
  isEnding = true;
  steady?.database.close();
  process.exit(0);
});
process.stdout.write('started\n');
work();
