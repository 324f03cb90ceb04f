-- The outbox as an office runs it: SMS gateway, sealed secrets, dead letters.
set local role okno_owner;

reset role;
