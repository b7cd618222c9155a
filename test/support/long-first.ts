import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { isLong } from './test-kinds.ts';

/** Starts the files that take longest first, also where nothing is known of an earlier run, so that
 * none of them is alone at the end. */
export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rankOf = ({ project, moduleId }: TestSpecification) =>
      2 * (project.config.sequence.groupOrder ?? 0) + (isLong(relative('.', moduleId)) ? 0 : 1);
    return (await super.sort(files)).sort((one, other) => rankOf(one) - rankOf(other));
  }
}
