-- As q5-resolved, planned anew for each text, with JSON put together as text.
-- options: -c plan_cache_mode=force_custom_plan
SELECT concat('{"agreements":{"nodes":[', string_agg(concat('{"id":"', node_id('Agreement', x.id), '","slug":"', x.slug, '","kind":"', x.kind,
    '","title":', x.title->x.original_language, ',"signedOn":', coalesce('{"edtf":"' || x.signed_on_edtf || '"}', 'null'), '}'), ','), ']}}')
FROM (
    SELECT * FROM agreement WHERE words @@ :'query'::tsquery
    ORDER BY sort_date DESC NULLS LAST, slug LIMIT 20
) x
