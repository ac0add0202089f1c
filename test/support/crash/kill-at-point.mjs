// Loaded into a server before its own code (`node --import`): ends the process with SIGKILL at the nth passage of a named
// point, so that a kill falls between two exact steps. The server itself knows nothing of it.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const { CRASH_POINT: wanted = '', CRASH_NTH: nth = '1' } = process.env;
let left = Number(nth);

function pass(point) {
  if (point !== wanted) return;
  left -= 1;
  if (left === 0) process.kill(process.pid, 'SIGKILL');
}

/** Files come to their place by a rename; an object's row is committed after it. */
function watchRenames() {
  const { rename } = fs.promises;
  fs.promises.rename = async (...names) => {
    pass('before rename');
    await rename(...names);
    pass('after rename');
  };
  syncBuiltinESMExports();
}

/** The driver takes SQLite's class from here wherever Node has it built in. */
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

if (isMainThread) {
  watchRenames();
  await watchSqlite();
}
