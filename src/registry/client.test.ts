import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createImage, ociTypes } from '../../test/support/images/image.ts';
import { serveImages } from '../../test/support/images/image-registry.ts';
import type { RegistryAddress } from './access.ts';
import { createRegistryClient } from './client.ts';

const image = createImage(['one', 'three']);
const signal = new AbortController().signal;

/** Starts a registry with an image, and returns how to read it. */
async function setUp(
  answer: (request: IncomingMessage, response: ServerResponse) => boolean = () => false,
  declared: Partial<RegistryAddress> = {},
) {
  const registry = await serveImages({ answer });
  registry.put('team/shop', image, 'latest');
  const address = { name: 'images', url: new URL(registry.url), ...declared };
  const client = createRegistryClient(address, 'team/shop', signal);
  return { registry, client, run: () => client.readManifest('latest') };
}

it('finds the digest of a tag by its headers, or else by its bytes', async () => {
  const named = await setUp();
  expect(await named.client.findDigest('latest')).toBe(image.digest);
  expect(await named.client.findDigest('none')).toBeUndefined();
  expect(named.registry.requests).toEqual(['HEAD /v2/team/shop/manifests/latest', 'HEAD /v2/team/shop/manifests/none']);
  const unnamed = await setUp(({ method }, response) => {
    response.writeHead(200, { 'content-type': ociTypes.image }).end(method === 'HEAD' ? undefined : image.manifest);
    return true;
  });
  expect(await unnamed.client.findDigest('latest')).toBe(image.digest);
});

it('proves who it is once, not for each request', async () => {
  const { registry, client, run } = await setUp(
    challenging(() => 'Basic realm="x"', basic),
    { credential },
  );
  await run();
  await client.findDigest('latest');
  expect(registry.requests).toHaveLength(3);
});

const credential = { username: 'ada', password: 'hush' };
const basic = `Basic ${Buffer.from('ada:hush').toString('base64')}`;

/** Answers 401 with a challenge unless the request is authorized. */
const challenging =
  (challenge: (host: string) => string, authorization: string) =>
  ({ headers, url }: IncomingMessage, response: ServerResponse) => {
    if (headers.authorization === authorization || url?.startsWith('/token')) return false;
    response.writeHead(401, { 'www-authenticate': challenge(headers.host ?? '') }).end();
    return true;
  };

describe('a registry that asks for credentials', () => {
  it('gets user name and password', async () => {
    const { registry, run } = await setUp(
      challenging(() => 'Basic realm="a, b"', basic),
      { credential },
    );
    await run();
    expect(registry.requests.slice(0, 2)).toEqual([
      'GET /v2/team/shop/manifests/latest',
      `GET /v2/team/shop/manifests/latest ${basic}`,
    ]);
  });

  it.each([
    ['token', credential],
    ['access_token', undefined],
  ])('gets the %s of its token service', async (member, declared) => {
    const challenge = (host: string) =>
      `Bearer realm="http://${host}/token?a=b",service="images",scope="repository:team/shop:pull,push"`;
    const isChallenged = challenging(challenge, 'Bearer secret-token');
    const { registry, run } = await setUp(
      (request, response) => {
        if (isChallenged(request, response)) return true;
        if (!request.url?.startsWith('/token')) return false;
        response
          .writeHead(200, { 'content-type': 'application/json' })
          .end(JSON.stringify({ [member]: 'secret-token' }));
        return true;
      },
      declared ? { credential: declared } : {},
    );
    await run();
    // No more than reading is asked for, whatever the challenge says.
    const token = 'GET /token?a=b&service=images&scope=repository%3Ateam%2Fshop%3Apull';
    expect(registry.requests[1]).toBe(declared ? `${token} ${basic}` : token);
    expect(registry.requests[2]).toBe('GET /v2/team/shop/manifests/latest Bearer secret-token');
  });

  it.each([
    ['a user name where none is stored', 'Basic realm="x"', {}, 'PermissionError', /asks for a user name.*'images'/],
    ['other credentials', 'Basic realm="x"', { credential }, 'PermissionError', /denies access to team\/shop/],
    ['something else', 'Negotiate abc', { credential }, 'ConfigurationError', /neither Basic nor Bearer/],
    ['nothing that can be read', '====,,"', { credential }, 'ConfigurationError', /neither Basic nor Bearer/],
    [
      'a token from a host without https',
      'Bearer realm="http://other.example/token"',
      { credential },
      'ConfigurationError',
      /names http:\/\/other.example as its token service/,
    ],
    [
      'a token from a host that is not the declared one',
      'Bearer realm="https://other.example/token"',
      { credential, tokenService: 'https://auth.example' },
      'ConfigurationError',
      /not the one declared/,
    ],
    ['a token from a file', 'Bearer realm="file:///etc/passwd"', {}, 'ConfigurationError', /token service/],
  ])('fails if it wants %s', async (_, challenge, declared, type, message) => {
    const { registry, run } = await setUp(
      challenging(() => challenge, 'never'),
      declared,
    );
    await expect(run()).rejects.toMatchObject({ type, message });
    expect(registry.requests.length).toBeLessThanOrEqual(2);
  });

  it.each([
    ['401', 401, '', 'PermissionError', /denies anonymous access/],
    ['500', 500, '', 'SystemUnavailable', /answered 500 without a token/],
    ['no token', 200, '{"token":7}', 'ConfigurationError', /without a token/],
    ['a token with a line break', 200, '{"token":"a\\r\\nb"}', 'ConfigurationError', /without a token/],
    ['a page', 200, '<html>', 'ConfigurationError', /without a token/],
    ['more than 64 KiB', 200, 'x'.repeat(70_000), 'ConfigurationError', /more than 64 KiB/],
  ])('fails if its token service answers %s', async (_, status, body, type, message) => {
    const { run } = await setUp(({ url, headers }, response) => {
      if (url?.startsWith('/token')) response.writeHead(status).end(body);
      else response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${headers.host}/token"` }).end();
      return true;
    });
    await expect(run()).rejects.toMatchObject({ type, message });
  });
});

const manifestOf =
  (type: string, body: string | Buffer, headers = {}) =>
  (_: IncomingMessage, response: ServerResponse) => {
    response.writeHead(200, { 'content-type': type, ...headers }).end(body);
    return true;
  };

describe('fails clearly', () => {
  const types: [string, (request: IncomingMessage, response: ServerResponse) => boolean, string, RegExp][] = [
    [
      'for an error of the registry',
      (_, response) => !!response.writeHead(500).end(),
      'SystemUnavailable',
      /answered 500/,
    ],
    ['for a limit of the registry', (_, response) => !!response.writeHead(429).end(), 'SystemUnavailable', /\(429\)/],
    ['for a denial', (_, response) => !!response.writeHead(403).end(), 'PermissionError', /denies access/],
    ['for an answer of another server', manifestOf('text/html', '<html>'), 'ConfigurationError', /not a JSON object/],
    ['for a list', manifestOf(ociTypes.image, '[]'), 'ConfigurationError', /not a JSON object/],
    [
      'for schema 1',
      manifestOf('application/vnd.docker.distribution.manifest.v1+prettyjws', '{"schemaVersion":1}'),
      'ConfigurationError',
      /manifest of the type .*v1\+prettyjws/,
    ],
    [
      'for a digest of other bytes',
      manifestOf(ociTypes.image, image.manifest, { 'docker-content-digest': `sha256:${'0'.repeat(64)}` }),
      'RevisionUnavailable',
      /sent other bytes than those of sha256:000/,
    ],
    ['for a huge manifest', manifestOf(ociTypes.image, 'x'.repeat(300_000)), 'ConfigurationError', /more than 256 KiB/],
    [
      'for a connection that breaks',
      ({ socket }) => !!socket.destroy(),
      'SystemUnavailable',
      /cannot be reached: (UND_ERR_SOCKET|ECONNRESET)/,
    ],
    [
      'for redirects in a circle',
      ({ url }, response) => !!response.writeHead(307, { location: url }).end(),
      'ConfigurationError',
      /more than 5 times/,
    ],
    [
      'for a redirect without https',
      (_, response) => !!response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end(),
      'ConfigurationError',
      /redirects to http:\/\/169\.254\.169\.254, which/,
    ],
  ];
  it.each(types)('%s', async (_, answer, type, message) => {
    const { run } = await setUp(answer);
    await expect(run()).rejects.toMatchObject({ name: 'JobFailure', type, message });
  });

  it('if nobody listens', async () => {
    const { run } = await setUp(undefined, { url: new URL('http://127.0.0.1:1') });
    await expect(run()).rejects.toMatchObject({ type: 'SystemUnavailable', message: /cannot be reached/ });
  });

  it('for a manifest without an end', async () => {
    const { run } = await setUp((_, response) => {
      response.writeHead(200, { 'content-type': ociTypes.image });
      const write = () => {
        while (!response.destroyed && response.write('x'.repeat(1000)));
      };
      response.on('drain', write);
      write();
      return true;
    });
    await expect(run()).rejects.toMatchObject({ type: 'ConfigurationError', message: /more than 256 KiB/ });
  });
});
