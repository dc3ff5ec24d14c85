DROP VIEW agreement_relation_seen;
DROP TABLE change, source, citation, action_region, action_provision, action_program, action_agreement, action_theme,
    action_party, action_occurrence, action, agreement_document, agreement_region, agreement_program, agreement_theme,
    agreement_relation, agreement_party, contribution, signature, provision_theme, provision_party, provision,
    agreement_status, agreement, program_region, program_theme, program, document, party_region, party_membership,
    party_succession, party_name, party, region_ancestor, region_membership, region_code, region, theme, record, registry;
DROP FUNCTION change_is_append_only();
DROP FUNCTION node_id(text, bigint);
DROP SEQUENCE entente_id;
