/** What is said to the persona: openings of a conversation, each with a word of its own. */

const FORMS = [
  'What is %?',
  'Tell me of %.',
  'And what of %, then?',
  'Do you believe in %?',
  'I have been thinking about %.',
];

/** Taught about. */
const TAUGHT =
  words(`hope love death money war peace marriage friendship truth beauty justice science art music religion politics
  history reason faith virtue charity courage fear anger envy pride youth age wisdom folly sleep work idleness luck fate
  time memory silence gossip fame honor law liberty power wealth poverty health medicine travel home winter summer rain
  the_sea the_moon bread wine coffee dogs cats horses birds gardens books newspapers letters poets lawyers doctors kings
  soldiers priests teachers children neighbors strangers ghosts`);

/** Asked about afterwards. Nobody asked about these while the settings of teaching were chosen: then it was dreams, heaven, success and the like. */
const ASKED =
  words(`autumn spring snow thunder fog the_stars planets comets forests meadows orchards roses weeds bees spiders wolves foxes
  sheep donkeys fishes oysters cheese salt honey soup beer tobacco candles clothes hair gloves masks keys locks
  doors windows stairs roofs kitchens cellars wells fences roads carriages wheels sailors pirates beggars servants tailors bakers barbers
  judges spies hermits orphans brothers sisters enemies guests landlords heroes cowards liars`);

function words(list: string): readonly string[] {
  return list.split(/\s+/).map((word) => word.replace('_', ' '));
}

export function teachingQuestion(number: number): string {
  return question(TAUGHT[number % TAUGHT.length]!, number);
}

/** 0, 1, …: other words, so that nothing was taught about them. */
export function testQuestion(number: number): string {
  return question(ASKED[number % ASKED.length]!, Math.floor(number / ASKED.length) + number);
}

const question = (word: string, form: number) => FORMS[form % FORMS.length]!.replace('%', word);
