import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/machine/temporary-folder.ts';
import { runMillraceWith } from '../support/requests/command-line.ts';

const examples = fileURLToPath(new URL('../../examples/builds/', import.meta.url));

const projects = [
  {
    name: 'node',
    archives: { artifacts: ['VERSION', 'package.json', 'src/greet.mjs'] },
    says: ['built 1.4.0', '[Container] Report unit: 1 tests, 0 failed, 0 errors, 0 skipped'],
  },
  { name: 'python', archives: { artifacts: ['greeting.pyz'] }, says: ['greeting.pyz'] },
  {
    name: 'make',
    archives: {
      artifacts: ['build/VERSION', 'build/site.html'],
      sources: ['Makefile', 'src/head.html', 'src/page.md'],
    },
    says: ["grep -q '<h1>Mill</h1>' build/site.html"],
  },
];

function namesIn(archive: string): string[] {
  const list = 'import sys, zipfile; print("\\n".join(sorted(zipfile.ZipFile(sys.argv[1]).namelist())))';
  return execFileSync('/usr/bin/python3', ['-c', list, archive], { encoding: 'utf8' }).trim().split('\n');
}

describe.each(['process', 'bubblewrap', 'namespaces'])('in the cage %s', (cage) => {
  test.each(projects)('the project $name is built', async ({ name, archives, says }) => {
    const out = temporaryFolder();
    // The programs of Debian, which every cage sees.
    const environment = { PATH: '/usr/local/bin:/usr/bin:/bin' };
    const source = `${examples}${name}`;
    const { code, printed, complained } = await runMillraceWith(
      environment,
      ...['build', '--source', source, '--cage', cage, '--artifacts', out],
    );
    expect(complained.join('\n')).toContain('Build SUCCEEDED');
    expect(code).toBe(0);
    const lines = printed.map((line) => line.replace(/^(\[Container\]) \S+ \S+/, '$1').replace(/, \d\.\d+ s$/, ''));
    expect(lines).toEqual(expect.arrayContaining(says));
    for (const [archive, names] of Object.entries(archives)) expect(namesIn(`${out}/${archive}.zip`)).toEqual(names);
  });
});
