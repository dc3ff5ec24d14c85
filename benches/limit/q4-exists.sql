-- Each that matches otherwise is tested for its regions; JSON put together as text.
WITH matching AS MATERIALIZED (
    SELECT t.id, t.sort_date, t.slug FROM agreement t
    WHERE t.kind = :'kind' AND (t.date_latest IS NULL OR t.date_latest >= :'from'::date) AND (t.date_earliest IS NULL OR t.date_earliest <= :'until'::date) AND t.date_edtf IS NOT NULL
    AND EXISTS (
        SELECT FROM agreement_region j JOIN region_ancestor s ON s.region_id = j.region_id
        WHERE j.agreement_id = t.id AND s.ancestor_id = (SELECT id FROM region WHERE slug = :'region')
    )
)
SELECT concat('{"agreements":{"totalCount":', (SELECT count(*) FROM matching), ',"nodes":[', (
    SELECT string_agg(concat('{"id":"', node_id('Agreement', x.id), '","slug":"', x.slug, '","title":', x.title->x.original_language, ',"kind":"', x.kind,
        '","signedOn":', coalesce('{"edtf":"' || x.signed_on_edtf || '"}', 'null'), ',"programs":{"nodes":[', (
            SELECT concat('{"name":', p.name->p.original_language, '}') FROM agreement_program j JOIN program p ON p.id = j.program_id
            WHERE j.agreement_id = x.id ORDER BY p.sort_original, p.slug LIMIT 1
        ), ']}}'), ',')
    FROM (
        SELECT t.* FROM (SELECT id, sort_date, slug FROM matching ORDER BY sort_date DESC NULLS LAST, slug LIMIT 20) m
        JOIN agreement t USING (id) ORDER BY m.sort_date DESC NULLS LAST, m.slug
    ) x), ']}}')
