/** After a decision: what it says is learned at once, and what waits is ranked anew. */
import type { Store } from '../../store/store.ts';
import { openTeacher, type Teacher } from './learn-selector.ts';
import { type Lesson, lessonOf } from './lesson.ts';
import { rescorePending } from './rescore-pending.ts';

/** For as long as one sits there: what was decided is read once, by the first decision on a persona's draft. */
export function openSchool(store: Store, home: string): (persona: string, draftId: number) => Promise<Lesson> {
  const teachers = new Map<string, Promise<Teacher>>();
  return async (persona, draftId) => {
    const opening = teachers.get(persona) ?? openTeacher({ store, home, persona, without: draftId });
    teachers.set(persona, opening);
    const teacher = await opening;
    const before = teacher.selector;
    const examples = await teacher.learnOf(draftId);
    const after = teacher.selector;
    return lessonOf({ draftId, examples, before, after, rescored: await rescorePending(store, persona, after) });
  };
}
