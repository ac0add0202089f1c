import { ServiceError } from '../../../contract/errors.ts';
import { endOutdated } from '../../../engine/events/update-pipeline.ts';
import { declaredRoles } from '../../../model/pipeline.ts';
import { operation } from '../operation.ts';
import { declaredPipeline } from '../resources.ts';
import { admitDeclaration, declaredTypes, showDeclaration } from './declaration.ts';
import { pollingRefusal } from './polling-quota.ts';
import { isRepeated } from './repeated-declaration.ts';

/**
 * Replaces the whole declaration of a pipeline; the version grows by one whatever the input says. Starts nothing; running
 * executions are cancelled once their started actions have ended (behaviour B.5, C.2.4; decision 8, 9). A declaration
 * that means the same as the stored one changes nothing: infrastructure tools put the same one repeatedly.
 */
export const updatePipeline = operation('UpdatePipeline', {
  note: 'complete for the declarations below',
  resources: declaredPipeline,
  passedRoles: ({ pipeline }) => ({ roles: declaredRoles(pipeline) }),
  async run(input, call, dependencies) {
    const { name } = input.pipeline;
    const { sealer, settings } = dependencies;
    const types = await declaredTypes(input.pipeline, call, dependencies);
    const refusal = await pollingRefusal(input.pipeline, call, dependencies);
    let isRepeat = false;
    const updated = await dependencies.store.pipelines.update(
      call,
      name,
      (current) => {
        const declaration = admitDeclaration(input.pipeline, {
          scope: call,
          types,
          sealer,
          settings,
          current,
        });
        isRepeat = isRepeated(current, declaration, { scope: call, sealer });
        if (isRepeat) return undefined;
        if (refusal) throw refusal;
        return declaration;
      },
      endOutdated,
    );
    if (!updated) {
      throw new ServiceError(
        'PipelineNotFoundException',
        `Account '${call.account}' does not have a pipeline with name '${name}'`,
      );
    }
    if (!isRepeat) dependencies.declarationSaved({ ...call, name }, updated);
    return { pipeline: showDeclaration(updated) };
  },
});
