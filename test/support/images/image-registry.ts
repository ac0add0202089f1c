import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { TestImage } from './image.ts';

/** A registry of images over HTTP. */
export interface ImageRegistry {
  url: string;
  host: string;
  /** Method, path and authorization of each request so far. */
  requests: string[];
  put(repository: string, image: TestImage, tag?: string): void;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => boolean;

/** Serves images from memory; `answer` may answer a request itself by returning true. */
export async function serveImages({ answer = () => false }: { answer?: Answer } = {}): Promise<ImageRegistry> {
  const requests: string[] = [];
  const contents = new Map<string, { type: string; bytes: Buffer; digest: string }>();
  const server = createServer((request, response) => {
    const { method, url = '', headers } = request;
    requests.push([method, url, headers.authorization].filter((part) => part !== undefined).join(' '));
    if (answer(request, response)) return;
    const content = contents.get(url);
    if (!content) {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}');
      return;
    }
    const { type, bytes, digest } = content;
    response.writeHead(200, {
      'content-type': type,
      'content-length': bytes.length,
      'docker-content-digest': digest,
    });
    response.end(method === 'HEAD' ? undefined : bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `http://${host}`,
    host,
    requests,
    put(repository, { manifest, mediaType: type, digest, blobs }, tag) {
      for (const [name, bytes] of blobs) {
        contents.set(`/v2/${repository}/blobs/${name}`, { type: 'application/octet-stream', bytes, digest: name });
      }
      for (const reference of [digest, ...(tag === undefined ? [] : [tag])]) {
        contents.set(`/v2/${repository}/manifests/${reference}`, { type, bytes: manifest, digest });
      }
    },
  };
}
