// Loaded into a server before its own code (`node --import`): ends the process with SIGKILL at the nth passage of a named
// point, so that a kill falls between two exact steps. The server itself knows nothing of it.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const { CRASH_POINT: wanted = '', CRASH_NTH: nth = '1', CRASH_SIGNAL: signal, MILLRACE_DATABASE_URL } = process.env;
let left = Number(nth);
// With a signal, passages count from its arrival on.
let isArmed = signal === undefined;
if (signal !== undefined) {
  process.on(signal, () => {
    isArmed = true;
  });
}

function pass(point) {
  if (!isArmed || point !== wanted) return;
  left -= 1;
  if (left === 0) process.kill(process.pid, 'SIGKILL');
}

/** Files are renamed into place; an object's row is committed afterwards. */
function watchRenames() {
  const { rename } = fs.promises;
  fs.promises.rename = async (...names) => {
    pass('before rename');
    await rename(...names);
    pass('after rename');
  };
  syncBuiltinESMExports();
}

/** The driver takes SQLite's class from here if Node.js has it built in. */
async function watchSqlite() {
  const { getBuiltinModule } = process;
  const builtIn = getBuiltinModule('node:sqlite');
  const { DatabaseSync } = builtIn ?? (await import('@photostructure/sqlite'));
  class WatchedDatabase extends DatabaseSync {
    exec(sql) {
      if (sql !== 'commit') return super.exec(sql);
      pass('before commit');
      super.exec(sql);
      pass('after commit');
    }
  }
  const watched = { ...builtIn, DatabaseSync: WatchedDatabase };
  process.getBuiltinModule = (name) => (name === 'node:sqlite' ? watched : getBuiltinModule(name));
}

async function watchPostgres() {
  const { default: pg } = await import('pg');
  const { query } = pg.Client.prototype;
  pg.Client.prototype.query = function watched(config, ...rest) {
    if (config?.text !== 'commit') return query.call(this, config, ...rest);
    pass('before commit');
    const answered = query.call(this, config, ...rest);
    pass('during commit');
    return answered.then((result) => {
      pass('after commit');
      return result;
    });
  };
}

if (isMainThread) {
  watchRenames();
  await (MILLRACE_DATABASE_URL ? watchPostgres() : watchSqlite());
}
