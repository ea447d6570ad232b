/** `label_values` of Facebook's newer files: fields whose names are in the language of the account. */
import { z } from 'zod';
import { listOf, text } from './loose-fields.ts';

const label = z.object({
  ent_field_name: text,
  label: text,
  value: text,
  timestamp_value: z.number().optional().catch(undefined),
});
const labelled = label.extend({ dict: listOf(label) });

export interface Labels {
  /** The owner's words; '' where no label is known to be theirs. */
  readonly words: string;
  /** Who wrote it, where a label that is known says so. */
  readonly author: string | undefined;
  /** In seconds since 1970. */
  readonly timestamp: number | undefined;
  /** Labels with text that were not understood. */
  readonly unknown: readonly string[];
}

/** Of `Text`, `Message` or `Comment`; of the labels that stand for anything else the words may be somebody else's. */
const WORDS = new Set(
  'text message comment post caption status|nachricht kommentar beitrag|texto mensaje comentario publicación|texte commentaire légende publication|mensagem comentário publicação legenda|testo messaggio commento didascalia|tekst bericht opmerking reactie|meddelande kommentar inlägg|besked|treść wiadomość komentarz|zpráva komentář text|metin mesaj yorum|текст сообщение комментарий|テキスト コメント|文字 文本 评论 留言|텍스트 댓글'.split(
    /[ |]/,
  ),
);
const FIELDS = new Set(['text', 'message', 'comment', 'body', 'caption', 'post_text', 'comment_text']);

const AUTHOR = new Set(
  'author autor autorin auteur autore auteure författare forfatter tekijä yazar автор 作成者 作者 작성자'.split(' '),
);

export function readLabels(value: unknown): Labels {
  const fields = listOf(labelled)
    .parse(value)
    .flatMap((field) => [field, ...field.dict]);
  const isWords = (field: z.output<typeof label>) =>
    field.ent_field_name === '' ? WORDS.has(field.label.toLowerCase()) : FIELDS.has(field.ent_field_name.toLowerCase());
  const unknown = fields.filter(
    (field) => /\s\S+\s/.test(field.value) && !isWords(field) && !/^https?:/.test(field.value),
  );
  return {
    words: [...new Set(fields.filter(isWords).map((field) => field.value.trim()))]
      .filter((words) => words !== '')
      .join('\n\n'),
    author: fields.find(
      (field) => AUTHOR.has((field.ent_field_name || field.label).toLowerCase()) && field.value !== '',
    )?.value,
    timestamp: fields.find((field) => field.timestamp_value !== undefined)?.timestamp_value,
    unknown: unknown.map((field) => field.label || field.ent_field_name),
  };
}
