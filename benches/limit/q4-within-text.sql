-- As q4-within, with the matches found once and JSON put together as text.
WITH matching AS MATERIALIZED (
    SELECT j.agreement_id, j.sort_date, j.slug FROM agreement_within j
    WHERE j.one_day AND j.region_id = (SELECT r.id FROM region r WHERE r.slug = :'region') AND j.kind = :'kind'
    AND j.sort_date >= :'from'::date AND j.sort_date <= :'until'::date
    UNION ALL
    SELECT j.agreement_id, j.sort_date, j.slug FROM agreement_within j
    WHERE NOT j.one_day AND j.region_id = (SELECT r.id FROM region r WHERE r.slug = :'region') AND j.kind = :'kind' AND j.date_edtf IS NOT NULL
    AND (j.date_latest IS NULL OR j.date_latest >= :'from'::date) AND (j.date_earliest IS NULL OR j.date_earliest <= :'until'::date)
)
SELECT concat('{"agreements":{"totalCount":', (SELECT count(*) FROM matching), ',"nodes":[', (
    SELECT string_agg(concat('{"id":"', node_id('Agreement', t.id), '","slug":"', t.slug, '","title":', t.title->t.original_language, ',"kind":"', t.kind,
        '","signedOn":', coalesce('{"edtf":"' || t.signed_on_edtf || '"}', 'null'), ',"programs":{"nodes":[', (
            SELECT concat('{"name":', p.name->p.original_language, '}') FROM agreement_program j JOIN program p ON p.id = j.program_id
            WHERE j.agreement_id = t.id ORDER BY p.sort_original, p.slug LIMIT 1
        ), ']}}'), ',' ORDER BY m.sort_date DESC NULLS LAST, m.slug)
    FROM (SELECT agreement_id, sort_date, slug FROM matching ORDER BY sort_date DESC NULLS LAST, slug LIMIT 20) m
    JOIN agreement t ON t.id = m.agreement_id
), ']}}')
