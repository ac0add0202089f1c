import type { CodeBuild } from '../../../contract/generated.ts';
import { describeOperations, type OperationsOf } from '../operation.ts';
import { everyProject } from './touched-project.ts';

const operation = describeOperations<'codebuild'>('codebuild');

/** The images of CodeBuild by platform, as projects name them. Those for Windows can't run here. */
const platforms: CodeBuild.EnvironmentPlatform[] = [
  platform('AMAZON_LINUX', [
    'aws/codebuild/amazonlinux-x86_64-standard:4.0',
    'aws/codebuild/amazonlinux-x86_64-standard:5.0',
    'aws/codebuild/amazonlinux-x86_64-standard:6.0',
    'aws/codebuild/amazonlinux-aarch64-standard:2.0',
    'aws/codebuild/amazonlinux-aarch64-standard:3.0',
    'aws/codebuild/amazonlinux-aarch64-standard:4.0',
  ]),
  platform('UBUNTU', [
    'aws/codebuild/standard:5.0',
    'aws/codebuild/standard:6.0',
    'aws/codebuild/standard:7.0',
    'aws/codebuild/standard:8.0',
  ]),
];

function platform(name: CodeBuild.PlatformType, names: string[]): CodeBuild.EnvironmentPlatform {
  const images = names.map((image) => ({ name: image, description: image, versions: [] }));
  return { platform: name, languages: [{ language: 'BASE', images }] };
}

/** What CodeBuild says about its images. */
export const imageOperations: Pick<OperationsOf<'codebuild'>, 'ListCuratedEnvironmentImages'> = {
  ListCuratedEnvironmentImages: operation('ListCuratedEnvironmentImages', {
    note: 'the names of the images for Linux, which are the same at AWS; the runner decides what each name stands for',
    resources: (_, scope) => everyProject(scope),
    run: async () => ({ platforms }),
  }),
};
