import { ServiceError } from '../../../contract/errors.ts';
import { endOutdated } from '../../../engine/events/update-pipeline.ts';
import { declaredRoles } from '../../../model/pipeline.ts';
import { operation } from '../operation.ts';
import { declaredPipeline } from '../resources.ts';
import { admitDeclaration, declaredTypes, showDeclaration } from './declaration.ts';
import { pollingRefusal } from './polling-quota.ts';
import { isRepeated } from './repeated-declaration.ts';

/**
 * Replaces the whole declaration of the pipeline that `name` names; the version grows by one whatever the input says.
 * Starts nothing; what runs is cancelled when its started actions have ended (behaviour B.5, C.2.4; decision 8, 9). A
 * declaration that says what the stored one says changes nothing: infrastructure tools send the same again and again.
 */
export const updatePipeline = operation('UpdatePipeline', {
  note: 'complete for the declarations below',
  resources: declaredPipeline,
  passedRoles: ({ pipeline }) => ({ roles: declaredRoles(pipeline) }),
  async run(input, call, parts) {
    const { name } = input.pipeline;
    const { sealer, settings } = parts;
    const types = await declaredTypes(input.pipeline, call, parts);
    const refusal = await pollingRefusal(input.pipeline, call, parts);
    let isRepeat = false;
    const updated = await parts.store.pipelines.update(
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
    if (!isRepeat) parts.declarationSaved({ ...call, name }, updated);
    return { pipeline: showDeclaration(updated) };
  },
});
