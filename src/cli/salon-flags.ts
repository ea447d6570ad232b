import type { SalonEnd } from '../daemon/composing/hold-salon.ts';

export interface SalonFlags {
  readonly opening?: string;
  readonly turns: number;
  readonly seed?: number;
  readonly local?: true;
  readonly accounts?: true;
  readonly from?: number;
  readonly json?: true;
}

export function endSentence(end: SalonEnd): string {
  switch (end.kind) {
    case 'loop':
      return 'It went round in a circle.';
    case 'dull':
      return 'It went dull.';
    case 'enough':
      return 'That was its last turn; --turns allows more.';
    case 'speechless':
      return `Nothing that ${end.persona} wrote passed every gate.`;
  }
}
