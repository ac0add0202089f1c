import { createHash } from 'node:crypto';
import { readDataFolder } from '../config/config.ts';
import { createRequestSigner } from '../identity/signatures/request-signer.ts';
import { DataFolderError, findRootKey, readServerFile } from '../installation/data-folder.ts';
import { requestServer, unreachableText } from './server-request.ts';
import type { Terminal } from './terminal.ts';

/** An error response of the server, with its message. */
export class OwnApiError extends Error {
  /** Such as `AccessDeniedException`. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message === '' ? code : `${code}: ${message}`);
    this.name = 'OwnApiError';
    this.code = code;
  }
}

/** Where a call goes and whose keys sign it. */
export interface OwnApiPlace {
  url: string;
  region: string;
  keys: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  /** PEM of the certificate that the server must present. */
  certificate?: string;
}

/**
 * Calls an operation of our own API on the server last started in a data folder, with that folder's root key and, by
 * default, in the server's region.
 */
export async function callOwnApi<Output>(
  dataFolder: string,
  operation: string,
  input: object,
  region?: string,
): Promise<Output> {
  const server = await readServerFile(dataFolder);
  const keys = await findRootKey(dataFolder, process.env);
  const { url, certificate } = server;
  const place: OwnApiPlace = { url, region: region ?? server.region, keys, ...(certificate && { certificate }) };
  let response: { isOk: boolean; document: Record<string, unknown> };
  try {
    response = await sendOwnApi(place, operation, input);
  } catch (error) {
    throw new DataFolderError(unreachableText(url, error), { cause: error });
  }
  if (response.isOk) return response.document as Output;
  throw errorIn(response.document);
}

/** Calls an operation of our own API on one server. */
export type OwnApiCall = <Output>(operation: string, input: object) => Promise<Output>;

/** Returns a function that calls the server of the data folder and the region in a command's options. */
export function callerOf(terminal: Terminal, flags: { data?: string; region?: string }): OwnApiCall {
  const dataFolder = readDataFolder({ flags: { ...flags, region: undefined }, env: terminal.env });
  return (operation, input) => callOwnApi(dataFolder, operation, input, flags.region);
}

/** Returns the error in an error response. */
function errorIn({ __type, message, Message }: Record<string, unknown>): OwnApiError {
  return new OwnApiError(String(__type), String(message ?? Message ?? ''));
}

/** The response of an operation, an error or not. */
interface Response {
  isOk: boolean;
  status: number;
  document: Record<string, unknown>;
}

/** Makes a signed call of our own API; rejects if there is no response, or one that is not JSON. */
export function sendOwnApi(
  place: OwnApiPlace,
  operation: string,
  input: object,
  signal?: AbortSignal,
): Promise<Response> {
  return send(place, { service: 'millrace', target: `Millrace.${operation}`, input }, signal);
}

/** Calls an operation of a service with the JSON protocol: `target` is its header, as in `CodePipeline_20150709.ListPipelines`. */
export async function callService<Output>(
  place: OwnApiPlace,
  call: { service: string; target: string; input: object },
): Promise<Output> {
  const { isOk, document } = await send(place, call);
  if (isOk) return document as Output;
  throw errorIn(document);
}

async function send(
  { url, region, keys, certificate }: OwnApiPlace,
  { service, target, input }: { service: string; target: string; input: object },
  signal?: AbortSignal,
): Promise<Response> {
  const body = JSON.stringify(input);
  const sign = createRequestSigner(keys, { region, service, now: Date.now });
  const headers = sign({
    method: 'POST',
    path: '/',
    query: '',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      host: new URL(url).host,
      'x-amz-target': target,
    },
    payloadHash: createHash('sha256').update(body).digest('hex'),
  });
  const { status, text } = await requestServer(new URL(url), {
    method: 'POST',
    headers,
    body,
    ...(signal && { signal }),
    ...(certificate !== undefined && { certificate }),
  });
  return { isOk: status === 200, status, document: JSON.parse(text) as Record<string, unknown> };
}
