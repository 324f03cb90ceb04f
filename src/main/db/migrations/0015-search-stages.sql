-- Search in stages: exact keys, beginnings, similar ones; each is a call of its own, so that the next text can stop it.
set local role okno_owner;

reset role;
