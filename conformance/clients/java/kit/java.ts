import { debianPackages } from '../../kit/debian.ts';
import type { Place } from '../../kit/suite.ts';

/** The compiler and what runs its classes, unless there are such. */
export async function javaPackages(place: Place): Promise<void> {
  const { status } = await place.run('javac', ['-version']);
  if (status !== 0) await debianPackages(place, ['openjdk-17-jdk-headless']);
}
