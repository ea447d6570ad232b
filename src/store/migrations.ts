/** Numbered by their place in the list, and append-only: what has once been released is never edited. */
export const MIGRATIONS: readonly string[] = [
  `
  create table drafts (
    id           integer primary key autoincrement,
    persona      text not null,
    kind         text not null check (kind in ('post', 'reply')),
    status       text not null default 'pending' check (status in
                   ('pending', 'approved', 'publishing', 'published', 'rejected', 'expired', 'failed', 'uncertain')),
    provenance   text not null default 'generated' check (provenance in ('generated', 'archived')),
    prompt       text,
    due_at       text not null,
    publish_at   text,
    text         text,
    candidate_id integer references candidates (id),
    url          text,
    reason       text,
    in_reply_to  text,
    created_at   text not null,
    decided_at   text,
    published_at text
  ) strict;
  create index drafts_by_persona on drafts (persona, status, publish_at);

  create table rounds (
    id         integer primary key autoincrement,
    draft_id   integer references drafts (id),
    persona    text not null,
    model      text not null,
    model_hash text not null,
    request    text not null,
    outcome    text not null check (outcome in ('kept', 'none passed', 'failed')),
    reason     text,
    created_at text not null
  ) strict;
  create index rounds_by_draft on rounds (draft_id);
  create index rounds_by_persona on rounds (persona, created_at);

  create table candidates (
    id              integer primary key autoincrement,
    round_id        integer not null references rounds (id),
    draft_id        integer references drafts (id),
    position        integer,
    text            text not null,
    raw_text        text not null,
    tokens          integer not null,
    log_probability real not null,
    seed            integer not null,
    kept            integer not null check (kept in (0, 1)),
    score           real not null,
    gates           text not null,
    features        text not null
  ) strict;
  create index candidates_by_draft on candidates (draft_id);
  create index candidates_by_round on candidates (round_id);

  create table decisions (
    id           integer primary key autoincrement,
    draft_id     integer not null references drafts (id),
    candidate_id integer references candidates (id),
    action       text not null check (action in ('picked', 'edited', 'rejected', 'skipped', 'more', 'undone')),
    text         text,
    reason       text,
    at           text not null,
    check (action not in ('picked', 'edited') or text is not null)
  ) strict;
  create index decisions_by_draft on decisions (draft_id);
  create trigger decisions_are_not_changed before update on decisions
    begin select raise(abort, 'decisions are append-only'); end;
  create trigger decisions_are_not_deleted before delete on decisions
    begin select raise(abort, 'decisions are append-only'); end;

  create table attempts (
    id          integer primary key autoincrement,
    draft_id    integer not null references drafts (id),
    network     text not null,
    key         text not null,
    payload     text not null,
    started_at  text not null,
    finished_at text,
    outcome     text check (outcome in ('published', 'refused', 'unknown')),
    url         text,
    error       text
  ) strict;
  create index attempts_by_draft on attempts (draft_id);

  create table timeline (
    id           integer primary key autoincrement,
    persona      text not null,
    text         text not null,
    url          text not null generated always as ('local:' || persona || '/' || id) virtual,
    published_at text not null,
    in_reply_to  text,
    key          text not null unique
  ) strict;
  create index timeline_by_persona on timeline (persona, published_at);

  create table daemon (
    id         integer primary key default 1 check (id = 1),
    pid        integer not null,
    started_at text not null,
    beat_at    text not null
  ) strict;

  -- The last word against publishing what nobody approved, whatever the code above the store does: the newest decision
  -- (asking for more and skipping decide nothing) must have approved exactly this text. What is uncertain has passed here
  -- before, and is sent again with the payload of its first attempt.
  create trigger drafts_publish_what_was_approved before update of status on drafts
    when new.status = 'publishing' and old.status <> 'uncertain' and not exists (
      select 1 from decisions
      where draft_id = new.id and action in ('picked', 'edited') and text = new.text
        and id = (select max(id) from decisions where draft_id = new.id and action not in ('more', 'skipped'))
    )
    begin select raise(abort, 'only the text that the newest decision approved is published'); end;
  `,
  `
  create table archives (
    id           integer primary key autoincrement,
    persona      text not null,
    corpus       text not null,
    format       text not null,
    name         text not null,
    content_hash text not null,
    owner        text not null,
    licence      text,
    omissions    text not null default '{}',
    bytes_read   integer not null default 0,
    bytes        integer not null,
    imported_at  text not null,
    finished_at  text,
    unique (persona, corpus, format, content_hash)
  ) strict;

  create table posts (
    id          integer primary key autoincrement,
    archive_id  integer not null references archives (id),
    persona     text not null,
    service     text not null,
    post_id     text not null,
    author_id   text not null,
    author_name text,
    mine        integer not null check (mine in (0, 1)),
    time        text,
    text        text not null,
    markup      text not null check (markup in ('plain', 'html', 'markdown')),
    kind        text not null check (kind in ('post', 'article', 'comment', 'message', 'mail')),
    visibility  text not null check (visibility in ('public', 'unlisted', 'followers', 'private')),
    title       text,
    thread      text,
    in_reply_to text,
    url         text,
    language    text,
    tags        text not null default '[]',
    unique (persona, service, post_id)
  ) strict;
  create index posts_by_archive on posts (archive_id, mine);
  create index posts_by_thread on posts (persona, service, thread) where thread is not null;
  create index posts_by_answered on posts (persona, service, in_reply_to) where in_reply_to is not null;

  -- What the owner wants gone, as hashes: the words themselves are kept nowhere.
  create table forgotten (
    persona text not null,
    hash    text not null,
    at      text not null,
    primary key (persona, hash)
  ) strict;
  `,
  `
  -- Whether anything in a thread is mine must not mean reading a thread of a million messages for each of them.
  drop index posts_by_thread;
  drop index posts_by_answered;
  create index posts_by_thread on posts (persona, service, thread, mine) where thread is not null;
  create index posts_by_answered on posts (persona, service, in_reply_to, mine) where in_reply_to is not null;
  `,
  `
  -- Only own posts are looked for by their thread or by what they answer, and most posts of an archive of chats are not.
  drop index posts_by_thread;
  drop index posts_by_answered;
  create index own_posts_by_thread on posts (persona, service, thread) where mine = 1 and thread is not null;
  create index own_posts_by_answered on posts (persona, service, in_reply_to) where mine = 1 and in_reply_to is not null;
  `,
  `
  -- What a persona was taught, one row an adapter, refused ones too. It speaks with at most one, and tries at most one.
  create table adapters (
    id          integer primary key autoincrement,
    persona     text not null,
    status      text not null check (status in ('candidate', 'live', 'retired', 'refused')),
    parent      text not null,
    parent_hash text not null,
    manifest    text not null,
    created_at  text not null
  ) strict;
  create unique index adapters_live on adapters (persona) where status = 'live';
  create unique index adapters_on_trial on adapters (persona) where status = 'candidate';

  create table adapter_moves (
    id         integer primary key autoincrement,
    adapter_id integer not null references adapters (id),
    to_status  text not null check (to_status in ('candidate', 'live', 'retired', 'refused')),
    by         text not null check (by in ('gate', 'trial', 'watch', 'owner')),
    reason     text not null,
    at         text not null
  ) strict;
  create index adapter_moves_by_adapter on adapter_moves (adapter_id);
  `,
  `
  -- Of each candidate what the selector learns from; of each draft and decision what makes them count as evidence.
  alter table candidates add column passed integer not null default 0 check (passed in (0, 1));
  alter table candidates add column prior real not null default 0;
  alter table candidates add column hidden blob;
  alter table candidates add column hidden_model text;
  alter table candidates add column drawn_by text check (drawn_by in ('score', 'chance'));
  alter table candidates add column offered_in integer references rounds (id);
  update candidates set prior = score, offered_in = case kept when 1 then round_id end,
    passed = not exists (select 1 from json_each(gates) where json_extract(json_each.value, '$.passed') = 0);
  create index candidates_left_over on candidates (round_id) where kept = 0 and passed = 1;
  create index candidates_by_offer on candidates (offered_in);

  alter table drafts add column blind text check (blind in ('several', 'one', 'audit'));
  alter table decisions add column by text not null default 'owner' check (by in ('owner', 'program'));

  -- What an edit made of a candidate, measured as candidates are: it is learned from as a text of its own.
  create table edits (
    decision_id  integer primary key references decisions (id),
    features     text not null,
    prior        real not null,
    hidden       blob,
    hidden_model text,
    measured_at  text not null
  ) strict;
  `,
  `
  -- What is kept of a post that was sent: as whom, with what, since when, and when it is looked for next.
  alter table attempts add column account text;
  alter table attempts add column options text not null default '{}';
  alter table attempts add column cursor text;
  alter table attempts add column first_sent_at text;
  alter table attempts add column sends integer not null default 1;
  alter table attempts add column missed_at text;
  alter table attempts add column look_at text;
  alter table attempts add column failed_looks integer not null default 0;
  alter table attempts add column post_id text;
  alter table attempts add column notice text;
  create index attempts_by_account on attempts (account, post_id);

  alter table drafts add column post_id text;
  -- When the program gave up finding out whether it was posted: its owner says so.
  alter table drafts add column held_at text;

  create table accounts (
    persona        text primary key,
    paused_at      text,
    paused_because text,
    paused_files   text,
    wait_until     text,
    wait_because   text
  ) strict;

  create table servers (
    name     text primary key,
    failures integer not null,
    since    text not null,
    retry_at text not null,
    reason   text not null
  ) strict;

  -- Who posts to an account now; renewed while it does, so that a killed one is in nobody's way for long.
  create table writers (
    account text primary key,
    holder  text not null,
    until   text not null
  ) strict;
  `,
  `
  -- What is done in a persona's nights: a row each time that it is begun. One without an end was cut off, and goes on.
  create table nights (
    id          integer primary key autoincrement,
    persona     text not null,
    kind        text not null,
    started_at  text not null,
    finished_at text,
    outcome     text check (outcome in ('done', 'refused', 'nothing new', 'stopped', 'failed')),
    told        text
  ) strict;
  create index nights_of_persona on nights (persona, kind, id);
  `,
  `
  -- What others said to a persona stays with the conversation that it was said in.
  create table conversations (
    id       integer primary key autoincrement,
    persona  text not null,
    account  text not null,
    root     text not null,
    began_at text not null,
    unique (persona, account, root)
  ) strict;

  create table mentions (
    id              integer primary key autoincrement,
    persona         text not null,
    account         text not null,
    post_id         text not null,
    url             text not null,
    author_id       text not null,
    author_name     text not null,
    visibility      text not null check (visibility in ('public', 'unlisted', 'followers', 'direct')),
    at              text not null,
    seen_at         text not null,
    status          text not null check (status in ('waiting', 'answered', 'passed over')),
    reason          text,
    text            text,
    tries           integer not null default 0,
    retry_at        text,
    conversation_id integer references conversations (id),
    draft_id        integer references drafts (id),
    thread          text not null default '[]',
    unique (persona, account, post_id),
    check (status <> 'passed over' or reason is not null),
    check ((status = 'answered') = (draft_id is not null))
  ) strict;
  create index mentions_by_status on mentions (persona, status, at);
  create index mentions_by_author on mentions (persona, author_id, seen_at);
  create index mentions_by_conversation on mentions (conversation_id) where conversation_id is not null;
  create unique index mentions_by_draft on mentions (draft_id) where draft_id is not null;

  -- Those who asked not to be answered: for good.
  create table opt_outs (
    persona     text not null,
    account     text not null,
    author_id   text not null,
    author_name text not null,
    at          text not null,
    primary key (persona, account, author_id)
  ) strict;

  -- How far each persona has heard.
  create table listening (
    persona   text primary key,
    account   text not null,
    cursor    text,
    looked_at text
  ) strict;

  -- When the posts of a persona were last looked at, for what came of them.
  create table measuring (
    persona     text primary key,
    measured_at text not null
  ) strict;

  create table outcomes (
    id       integer primary key autoincrement,
    draft_id integer not null references drafts (id),
    at       text not null,
    likes    integer not null,
    boosts   integer not null,
    replies  integer not null,
    is_gone  integer not null default 0 check (is_gone in (0, 1))
  ) strict;
  create index outcomes_by_draft on outcomes (draft_id, at);

  create index drafts_by_kind on drafts (persona, kind, created_at);
  -- Of a reply: who sees what it answers, and nobody else is to see it.
  alter table drafts add column audience text check (audience in ('public', 'unlisted', 'followers', 'direct'));
  -- Visitors of the local timeline are its owner, who speaks to his personas for a rehearsal.
  alter table timeline add column visitor integer not null default 0 check (visitor in (0, 1));
  `,
  `
  -- Known once the persona's network was asked; personas of one account share its limits.
  alter table accounts add column identity text;

  -- What was asked of networks, by hour (2026-11-27T01) and by month (2026-11), both in UTC.
  create table usage (
    persona text not null,
    kind    text not null check (kind in ('post', 'read')),
    period  text not null,
    count   integer not null,
    dollars real not null,
    last_at text not null,
    primary key (persona, kind, period)
  ) strict;

  -- What networks said of the limits that were come nearest to.
  create table limits (
    persona   text not null,
    kind      text not null check (kind in ('post', 'read')),
    remaining integer not null,
    reset_at  text not null,
    told_at   text not null,
    primary key (persona, kind)
  ) strict;
  `,
  `
  -- How the owner wants one draft to go out, where it is not as persona.yaml has it; the posts of a thread, once its first
  -- is sent, each an attempt of its own.
  alter table drafts add column options text not null default '{}';
  alter table drafts add column parts text;
  alter table attempts add column part integer not null default 0;
  alter table attempts add column in_reply_to text;
  alter table attempts add column removed_at text;

  -- What servers take that each have limits of their own.
  create table instances (
    server              text primary key,
    max_characters      integer not null,
    characters_per_link integer not null,
    told_at             text not null
  ) strict;
  `,
  `
  -- Where a text that nobody generated comes from: 'own', or the post of the archive that it is; each once.
  alter table drafts add column origin text;
  create unique index drafts_by_origin on drafts (persona, origin) where origin <> 'own';

  -- The hours of the day that were found best, counted once a day.
  create table best_hours (
    persona    text primary key,
    asked      text not null,
    hours      text not null,
    because    text not null,
    counted_at text not null
  ) strict;
  `,
  `
  -- What the model host told last, as JSON.
  alter table daemon add column host text;
  `,
  `
  -- How a candidate was found: by the model, or for a reply otherwise; how sure that way is, and where it is from.
  alter table candidates add column skill text not null default 'generate';
  alter table candidates add column confidence real;
  alter table candidates add column because text;
  `,
  `
  -- A reply in a conversation with its owner: which, as name/turn, and what it answers, as JSON. It is decided when it is made, and
  -- goes nowhere.
  alter table drafts add column chat text;
  alter table drafts add column context text;
  create unique index drafts_by_chat on drafts (persona, chat);
  `,
  `
  -- Few drafts are in doubt, however many there are.
  create index drafts_by_status on drafts (status, held_at);
  `,
  `
  -- Some networks have limits of each endpoint. What was told until now is over within the hour.
  drop table limits;
  create table limits (
    persona   text not null,
    kind      text not null check (kind in ('post', 'read')),
    endpoint  text not null,
    remaining integer not null,
    reset_at  text not null,
    told_at   text not null,
    primary key (persona, kind, endpoint)
  ) strict;

  -- The pictures that are on the server already, by their ids there, as JSON: a retry sends the same body.
  alter table attempts add column media_ids text;
  `,
  `
  -- Where a server has its streams: asked for once, so that a start costs no request.
  alter table instances add column streaming text;
  alter table instances add column streaming_told_at text;
  `,
  `
  -- How far an import has come that was not finished, as JSON, of a file that can be read from any byte on.
  alter table archives add column reached text;
  `,
];
