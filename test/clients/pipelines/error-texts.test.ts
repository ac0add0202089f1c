import { type ActionDeclaration, CreatePipelineCommand } from '@aws-sdk/client-codepipeline';
import { expect, test } from 'vitest';
import { registerJenkins, sourceAction, testAction, threeStages } from '../../support/pipelines/scenario.ts';
import { serve } from '../../support/servers/server.ts';

/** Returns the error for the scenario's pipeline with this test action. */
async function refusalOf(members: Partial<ActionDeclaration>): Promise<{ name: string; message: string }> {
  const client = (await serve()).codePipeline();
  await registerJenkins(client);
  const pipeline = threeStages({ ...testAction, ...members });
  const { name, message } = (await client
    .send(new CreatePipelineCommand({ pipeline }))
    .catch((error: unknown) => error)) as Error;
  return { name, message };
}

const withNote = (Note: string) => ({ configuration: { ...testAction.configuration, Note } });
const name = 'InvalidActionDeclarationException';
const commandsMessage =
  'The following action cannot contain a commands field: JenkinsTestAction. To use the commands field, use a compute action.';

test('rejects a namespace of two actions, naming all its places', async () => {
  expect(await refusalOf({ namespace: sourceAction.namespace })).toEqual({
    name,
    message: [
      'Namespaces must be unique across the pipeline definition. The following occur more than once in the pipeline.',
      'StageName=[Source], ActionName=[Source], Namespace=[SourceVariables]',
      'StageName=[Testing], ActionName=[JenkinsTestAction], Namespace=[SourceVariables]',
    ].join('\n'),
  });
});

test.each<[string, Partial<ActionDeclaration>]>([
  ['commands', { commands: ['make'] }],
  ['files of an output', { outputArtifacts: [{ name: 'TestReport', files: ['report.txt'] }] }],
])('rejects %s of an action that is not a compute action', async (_what, members) => {
  expect(await refusalOf(members)).toEqual({ name, message: commandsMessage });
});

test.each([
  ['#{AV}', 'AV'],
  ['#{ SourceVariables.ETag }', ' SourceVariables.ETag '],
  ['#{}', ''],
])('rejects the malformed reference %s', async (note, reference) => {
  expect(await refusalOf(withNote(note))).toEqual({
    name,
    message: `Valid format for a pipeline execution variable reference is a namespace and a key separated by a period (.). The following pipeline execution variables do not have that format.\nStageName=[Testing], ActionName=[JenkinsTestAction], ActionConfigurationKey=[Note], VariableReferenceText=[${reference}]`,
  });
});
