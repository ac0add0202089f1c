import { setTimeout as pause } from 'node:timers/promises';
import { CodePipelineClient } from '@aws-sdk/client-codepipeline';
import { S3Client } from '@aws-sdk/client-s3';
import { clientConfig, type Keys } from '../requests/client-config.ts';

/** SDK clients of one life of one node. */
interface Clients {
  codePipeline: CodePipelineClient;
  s3: S3Client;
  withKeys(keys: Keys): S3Client;
}

/** What a client knows after a call: `lost` is all that may have been done or not. */
type Answer<T> =
  | { kind: 'ok'; output: T }
  | { kind: 'refused'; code: string; message: string }
  | { kind: 'lost'; why: string };

/** One call of an SDK client; `options` go with its command. */
export type Call<T> = (clients: Clients, options: { abortSignal: AbortSignal }) => Promise<T>;

/** What the clients talk to: the nodes that are up, whichever those are at the moment. */
export interface Target {
  /** How often a node has come up, or what it relies on. */
  readonly life: number;
  readonly isOver: boolean;
  /** Answers that no server may give, whatever happens to it. */
  readonly failures: string[];
  /** How often one of the codes was answered that are as good as no answer. */
  readonly passed: number;
  up(node: string, url: string): void;
  down(node: string): void;
  /** What the nodes rely on has come up again. */
  renew(): void;
  /** Every waiting and later call is lost from now on. */
  close(): void;
  /** Asks one of the nodes once, waiting for one to be up. */
  ask<T>(call: Call<T>): Promise<Answer<T>>;
  /** Asks until there is an answer; lost only when all is over. */
  persist<T>(call: Call<T>): Promise<Answer<T>>;
}

interface Node {
  clients: Clients;
  destroy(): void;
}

const betweenAttemptsMs = 15;

export interface TargetOptions {
  /** A call that takes longer is lost. */
  patienceMs: number;
  /** Codes of 5xx answers that are as good as no answer. */
  passingCodes?: readonly string[];
}

/** A target without nodes. */
export function createTarget(options: TargetOptions): Target {
  const nodes = new Map<string, Node>();
  const failures: string[] = [];
  let waiting: (() => void)[] = [];
  let life = 0;
  let isOver = false;
  let turn = 0;
  let passed = 0;
  const tell = (): void => {
    const all = waiting;
    waiting = [];
    for (const each of all) each();
  };
  const nextNode = async (): Promise<Node | undefined> => {
    while (!isOver && nodes.size === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    turn += 1;
    return isOver ? undefined : [...nodes.values()][turn % nodes.size];
  };
  const target: Target = {
    get life() {
      return life;
    },
    get isOver() {
      return isOver;
    },
    failures,
    get passed() {
      return passed;
    },
    up(name, url) {
      life += 1;
      nodes.set(name, connect(url));
      tell();
    },
    down(name) {
      nodes.get(name)?.destroy();
      nodes.delete(name);
    },
    renew() {
      life += 1;
    },
    close() {
      isOver = true;
      for (const name of nodes.keys()) target.down(name);
      tell();
    },
    async ask(call) {
      const node = await nextNode();
      if (!node) return { kind: 'lost', why: 'all is over' };
      try {
        return {
          kind: 'ok',
          output: await call(node.clients, { abortSignal: AbortSignal.timeout(options.patienceMs) }),
        };
      } catch (error) {
        const answer = understand(error, failures, options);
        if (answer.kind === 'lost' && options.passingCodes?.includes(answer.why)) passed += 1;
        return answer;
      }
    },
    async persist(call) {
      for (;;) {
        const answer = await target.ask(call);
        if (answer.kind !== 'lost' || isOver) return answer;
        await pause(betweenAttemptsMs);
      }
    },
  };
  return target;
}

function connect(url: string): Node {
  const codePipeline = new CodePipelineClient(clientConfig(url));
  const s3 = new S3Client(clientConfig(url));
  const { requestHandler } = s3.config;
  return {
    clients: { codePipeline, s3, withKeys: (keys) => new S3Client({ ...clientConfig(url, keys), requestHandler }) },
    destroy() {
      codePipeline.destroy();
      s3.destroy();
    },
  };
}

function understand(error: unknown, failures: string[], { passingCodes = [] }: TargetOptions): Answer<never> {
  const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode;
  if (status === undefined) return { kind: 'lost', why: `${name}: ${message}` };
  if (status < 500) return { kind: 'refused', code: name, message };
  if (!passingCodes.includes(name)) failures.push(`an answer was ${status} ${name}: ${message}`);
  return { kind: 'lost', why: name };
}
