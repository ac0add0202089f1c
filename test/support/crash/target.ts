import { setTimeout as pause } from 'node:timers/promises';
import { CodeBuildClient } from '@aws-sdk/client-codebuild';
import { CodePipelineClient } from '@aws-sdk/client-codepipeline';
import { S3Client } from '@aws-sdk/client-s3';
import { clientConfig, type Keys } from '../requests/client-config.ts';

/** The SDK clients of one life of a node. */
interface Clients {
  codeBuild: CodeBuildClient;
  codePipeline: CodePipelineClient;
  s3: S3Client;
  withKeys(keys: Keys): S3Client;
}

/** The outcome of a call; after `lost` it is unknown whether it took effect. */
type Answer<T> =
  | { kind: 'ok'; output: T }
  | { kind: 'refused'; code: string; message: string }
  | { kind: 'lost'; why: string };

/** A call of an SDK client; `options` are passed with its command. */
export type Call<T> = (clients: Clients, options: { abortSignal: AbortSignal }) => Promise<T>;

/** The running nodes, as clients reach them. */
export interface Target {
  /** The number of starts of nodes or their dependencies. */
  readonly life: number;
  readonly isOver: boolean;
  /** Responses that no server may give. */
  readonly failures: string[];
  /** The number of responses that count as lost. */
  readonly passed: number;
  up(node: string, url: string): void;
  down(node: string): void;
  /** A dependency of the nodes runs again. */
  renew(): void;
  /** All pending and later calls are lost from now on. */
  close(): void;
  /** Calls one of the nodes once, after waiting until one runs. */
  ask<T>(call: Call<T>): Promise<Answer<T>>;
  /** Repeats a call until it has a response; `lost` only after the end. */
  persist<T>(call: Call<T>): Promise<Answer<T>>;
}

interface Node {
  clients: Clients;
  destroy(): void;
}

const betweenAttemptsMs = 15;

export interface TargetOptions {
  /** The timeout after which a call is lost. */
  patienceMs: number;
  /** 5xx codes that count as lost responses. */
  passingCodes?: readonly string[];
}

/** Creates a target without nodes. */
export function createTarget(options: TargetOptions): Target {
  const nodes = new Map<string, Node>();
  const failures: string[] = [];
  let waiting: (() => void)[] = [];
  let life = 0;
  let isOver = false;
  let turn = 0;
  let passed = 0;
  const notify = (): void => {
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
      notify();
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
      notify();
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
  const codeBuild = new CodeBuildClient(clientConfig(url));
  const codePipeline = new CodePipelineClient(clientConfig(url));
  const s3 = new S3Client(clientConfig(url));
  const { requestHandler } = s3.config;
  return {
    clients: {
      codeBuild,
      codePipeline,
      s3,
      withKeys: (keys) => new S3Client({ ...clientConfig(url, keys), requestHandler }),
    },
    destroy() {
      codeBuild.destroy();
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
