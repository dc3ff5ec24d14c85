-- The text comes resolved, as a tsquery: PostgreSQL can choose its plan by how frequent the words are.
SELECT json_build_object('agreements', json_build_object('nodes', (
    SELECT coalesce(json_agg(json_build_object(
        'id', node_id('Agreement', x.id), 'slug', x.slug, 'kind', x.kind, 'title', x.title->>x.original_language,
        'signedOn', CASE WHEN x.signed_on_edtf IS NOT NULL THEN json_build_object('edtf', x.signed_on_edtf) END)), '[]')
    FROM (
        SELECT * FROM agreement WHERE words @@ :'query'::tsquery
        ORDER BY sort_date DESC NULLS LAST, slug LIMIT 20
    ) x)))
