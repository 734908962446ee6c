import { createRequire } from 'node:module';
import type * as sqlite from '@photostructure/sqlite';

type Sqlite = typeof sqlite;

let loaded: Sqlite | null = null;

/**
 * SQLite. Throws where its native library cannot be loaded. It is loaded when it is first needed, so that a program
 * which needs it for one thing among many starts without it.
 */
export function sqliteLibrary(): Sqlite {
  loaded ??= createRequire(import.meta.url)('@photostructure/sqlite') as Sqlite;
  return loaded;
}
