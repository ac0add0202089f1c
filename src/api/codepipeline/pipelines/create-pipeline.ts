import { ServiceError } from '../../../contract/errors.ts';
import { startExecution } from '../../../engine/events/start-execution.ts';
import { tagsInRequest } from '../../../identity/policies/evaluate-policy.ts';
import { pipelineArn } from '../../../model/arn.ts';
import { declaredRoles } from '../../../model/pipeline.ts';
import { operation } from '../operation.ts';
import { declaredPipeline } from '../resources.ts';
import { checkTags } from '../tags/tags.ts';
import { admitDeclaration, declaredTypes, showDeclaration } from './declaration.ts';
import { pollingRefusal } from './polling-quota.ts';

/** Stores a pipeline as version 1 and starts its first execution in the same transaction (decision 8, 17). */
export const createPipeline = operation('CreatePipeline', {
  note: 'complete for the declarations below',
  resources: declaredPipeline,
  passedRoles: ({ pipeline }) => ({ roles: declaredRoles(pipeline) }),
  requestTags: ({ tags }) => tagsInRequest(tags),
  async run(input, call, dependencies) {
    const { name } = input.pipeline;
    const { quotas } = dependencies.settings;
    const types = await declaredTypes(input.pipeline, call, dependencies);
    const declaration = admitDeclaration(input.pipeline, {
      scope: call,
      types,
      sealer: dependencies.sealer,
      settings: dependencies.settings,
    });
    const tags = checkTags(input.tags, pipelineArn(call, name), quotas);
    if ((await dependencies.store.pipelines.count(call)) >= quotas.pipelines) {
      throw new ServiceError(
        'LimitExceededException',
        `Maximum number of pipelines in account (${quotas.pipelines}) exceeded.`,
      );
    }
    const refusal = await pollingRefusal(declaration, call, dependencies);
    if (refusal) throw refusal;
    const at = dependencies.now();
    const { account, region, callerArn } = call;
    const pipeline = { id: dependencies.newId(), account, region, name, version: 1, createdAt: at, updatedAt: at };
    const executionId = await dependencies.store.pipelines.create(pipeline, declaration, tags, (snapshot, moment) =>
      startExecution(snapshot, { triggerType: 'CreatePipeline', triggerDetail: callerArn }, moment),
    );
    if (executionId === undefined) {
      throw new ServiceError(
        'PipelineNameInUseException',
        `A pipeline with the name '${name}' already exists in account '${account}'`,
      );
    }
    dependencies.declarationSaved(pipeline, declaration);
    return { pipeline: showDeclaration(declaration), tags: input.tags };
  },
});
