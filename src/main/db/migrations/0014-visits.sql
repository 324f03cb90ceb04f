-- Visits in full: how a visitor may be identified, what each provider needs for what, moving a visit, drafts that another desk opens by their code.
set local role okno_owner;

reset role;
