import type { Dependencies } from '../api/dependencies.ts';
import { actionTypeKey } from '../model/action-type.ts';
import { providers } from '../providers/index.ts';
import type { CheckTools, Provider } from '../providers/provider.ts';
import type { SourceCheckParts } from '../scheduler/source-checks.ts';
import type { DueWatch } from '../store/store.ts';
import type { GitToolsOf } from './git-tools.ts';
import { registryToolsOf } from './registry-tools.ts';
import type { ObjectsOfJob } from './role-objects.ts';

interface ReaderParts {
  dependencies: Pick<Dependencies, 'store' | 'sealer'>;
  objectsOf: ObjectsOfJob;
  gitOf: GitToolsOf;
  now(): number;
}

/** Gives source checks the providers of their types, with the rights of the watched action. */
export function createSourceReaders({
  dependencies,
  objectsOf,
  gitOf,
  now,
}: ReaderParts): Pick<SourceCheckParts, 'check' | 'reader'> {
  const toolsOf = ({ pipeline, roleArn }: DueWatch, signal: AbortSignal): CheckTools => {
    const { account, region } = pipeline;
    const at = now();
    // Without a job there are no input artifacts to grant, so only the role gives access.
    const grant = { account, region, jobId: 'source-check', roleArn, read: [], write: [], issuedAt: at, expiresAt: at };
    const registries = registryToolsOf(dependencies, pipeline);
    return { objects: objectsOf(grant), git: gitOf(pipeline), registries, signal, account, region };
  };
  return {
    check: (watch, signal) => performedBy(watch, 'check')(watch.location, toolsOf(watch, signal)),
    reader: {
      listRefs: (watch, wanted, signal) =>
        performedBy(watch, 'repository').listRefs(watch.location, wanted, toolsOf(watch, signal)),
      comparePush: (watch, push, signal) =>
        performedBy(watch, 'repository').comparePush(watch.location, push, toolsOf(watch, signal)),
      messageOf: (watch, commit, signal) =>
        performedBy(watch, 'repository').messageOf(watch.location, commit, toolsOf(watch, signal)),
      filesOfPullRequest: (watch, pullRequest, signal) =>
        performedBy(watch, 'repository').filesOfPullRequest(watch.location, pullRequest, toolsOf(watch, signal)),
    },
  };
}

function performedBy<Part extends 'check' | 'repository'>(
  { typeKey }: DueWatch,
  part: Part,
): NonNullable<Provider[Part]> {
  const provider = providers.find(({ actionTypeId }) => actionTypeKey(actionTypeId) === typeKey);
  const performed = provider?.[part];
  if (!performed) throw new Error(`This server cannot check ${typeKey} for changes.`);
  return performed;
}
