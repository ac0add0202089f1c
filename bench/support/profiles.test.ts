import { expect, test } from 'vitest';
import { busyByRoom } from './profiles.mjs';

function node(id: number, functionName: string, url: string, ...children: number[]) {
  return { id, callFrame: { functionName, url }, children };
}

const dist = 'file:///srv/millrace/dist';
const packages = 'file:///srv/millrace/node_modules';

test('busy time counts for the room or package that computes, or that called a built-in function', () => {
  const nodes = [
    node(1, '(root)', '', 2, 4, 5),
    node(2, '(idle)', ''),
    node(3, '(garbage collector)', ''),
    node(4, 'onParserExecute', 'node:_http_server', 6),
    node(5, 'main', `${dist}/main.js`, 11),
    node(6, 'perform', `${dist}/http/exchange.js`, 3, 7, 8),
    node(7, 'createHmac', 'node:crypto', 9),
    node(8, 'query', `${packages}/@scope/driver/node_modules/pg/lib/client.js`, 10),
    node(9, 'sign', ''),
    node(10, 'writev', ''),
    node(11, 'load', 'node:internal/modules/esm/loader', 12),
    node(12, 'compile', ''),
  ];
  const samples = nodes.map(({ id }) => id);
  const timeDeltas = [1, 1000, 2, 4, 8, 16, 32, 64, 128, 256, 512, 2048];
  expect(busyByRoom([{ nodes, samples, timeDeltas }])).toEqual(
    new Map([
      ['node', 1 + 4],
      ['garbage collection', 2],
      ['main', 8],
      ['http', 16 + 32 + 128],
      ['pg', 64 + 256],
      ['loading modules', 512 + 2048],
    ]),
  );
});

test('profiles of several threads are summed up, and a sample that came too early takes no time', () => {
  const profile = { nodes: [node(1, 'perform', `${dist}/http/exchange.js`)], samples: [1, 1], timeDeltas: [5, -1] };
  expect(busyByRoom([profile, profile])).toEqual(new Map([['http', 10]]));
});
