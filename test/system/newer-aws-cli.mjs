// Replaces a newer AWS CLI for the calls that Debian's does not know: the official SDK with the same options.
// Usage: node newer-aws-cli.mjs OPERATION --option value …; documents are passed as --cli-input-json file://PATH.
import { readFileSync } from 'node:fs';
import { CodePipelineClient, CreatePipelineCommand, RollbackStageCommand } from '@aws-sdk/client-codepipeline';

const commands = { 'create-pipeline': CreatePipelineCommand, 'rollback-stage': RollbackStageCommand };
const [operation, ...options] = process.argv.slice(2);
const input = {};
for (let index = 0; index < options.length; index += 2) {
  const [option, value] = options.slice(index, index + 2);
  if (option === '--cli-input-json')
    Object.assign(input, JSON.parse(readFileSync(value.replace('file://', ''), 'utf8')));
  else input[option.slice(2).replace(/-(\w)/g, (_, letter) => letter.toUpperCase())] = value;
}
const { $metadata, ...answer } = await new CodePipelineClient({}).send(new commands[operation](input));
console.log(JSON.stringify(answer, null, 2));
